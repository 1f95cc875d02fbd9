"""The configuration of Sphinx, which ``python docs/build_site.py`` runs on a copy of the pages."""

from __future__ import annotations

# The version is an argument of the command.
project = "launchdarkly-experiments"
html_title = project

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
root_doc = "index"
exclude_patterns = ["LICENSE.md"]
nitpicky = False

# Pages are written for GitHub: its anchors, its tables, its HTML.
myst_enable_extensions = ["html_image"]
myst_heading_anchors = 6
myst_links_external_new_tab = False
nb_execution_mode = "off"
# A notebook has each output in several forms; the frames and plots are HTML and pictures.
nb_merge_streams = True
suppress_warnings = [
    # Pages of models begin with a heading of the first level, and calls with one of the second.
    "myst.header",
    # An output in a form that no page shows, such as the JSON of a progress bar.
    "mystnb.unknown_mime_type",
]

autodoc_default_options = {"members": True, "member-order": "bysource", "show-inheritance": True}
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_inherit_docstrings = False
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_rtype = False
add_module_names = False
python_maximum_signature_line_length = 88

html_theme = "furo"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_static_path = ["static"]
html_css_files = ["site.css"]
html_theme_options = {"navigation_with_keys": True}
pygments_style = "default"
pygments_dark_style = "monokai"
html_last_updated_fmt = None
