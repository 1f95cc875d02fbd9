"""A client for LaunchDarkly's Experiments (beta) API.

``Configuration`` holds the host, the access token and the settings, ``ApiClient`` sends requests,
and ``ExperimentsApi`` has a method for each call. ``ExperimentsBetaApi`` has the withdrawn calls
too. Every failure is an ``OpenApiException``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from launchdarkly_api._support.absent import AbsentModules
from launchdarkly_api._support.lazy import lazy_names, provide
from launchdarkly_api.version import __version__

if TYPE_CHECKING:
    from launchdarkly_api import api as api
    from launchdarkly_api import api_client as api_client
    from launchdarkly_api import apis as apis
    from launchdarkly_api import configuration as configuration
    from launchdarkly_api import exceptions as exceptions
    from launchdarkly_api import future as future
    from launchdarkly_api import model_utils as model_utils
    from launchdarkly_api import models as models
    from launchdarkly_api import rest as rest
    from launchdarkly_api.api.experiments_api import ExperimentsApi as ExperimentsApi
    from launchdarkly_api.api.experiments_beta_api import ExperimentsBetaApi as ExperimentsBetaApi
    from launchdarkly_api.api_client import ApiClient as ApiClient
    from launchdarkly_api.configuration import Configuration as Configuration
    from launchdarkly_api.exceptions import ApiAttributeError as ApiAttributeError
    from launchdarkly_api.exceptions import ApiException as ApiException
    from launchdarkly_api.exceptions import ApiKeyError as ApiKeyError
    from launchdarkly_api.exceptions import ApiTypeError as ApiTypeError
    from launchdarkly_api.exceptions import ApiValueError as ApiValueError
    from launchdarkly_api.exceptions import OpenApiException as OpenApiException

__all__ = [
    "ApiAttributeError",
    "ApiClient",
    "ApiException",
    "ApiKeyError",
    "ApiTypeError",
    "ApiValueError",
    "Configuration",
    "ExperimentsApi",
    "ExperimentsBetaApi",
    "OpenApiException",
    "__version__",
]

AbsentModules.install()

# Models look their renderer up by this name, so that they do not depend on its module.
provide("renderer", "launchdarkly_api._display.renderer", "to_html")

if not TYPE_CHECKING:  # pragma: no branch
    # Type checkers use the imports above, and so report misspelt names.
    __getattr__, __dir__ = lazy_names(
        __name__,
        {
            "ApiClient": "launchdarkly_api.api_client",
            "Configuration": "launchdarkly_api.configuration",
            "ExperimentsApi": "launchdarkly_api.api.experiments_api",
            "ExperimentsBetaApi": "launchdarkly_api.api.experiments_beta_api",
            **dict.fromkeys(
                (
                    "ApiAttributeError",
                    "ApiException",
                    "ApiKeyError",
                    "ApiTypeError",
                    "ApiValueError",
                    "OpenApiException",
                ),
                "launchdarkly_api.exceptions",
            ),
            **{
                name: f"launchdarkly_api.{name}"
                for name in (
                    *("api", "api_client", "apis", "configuration", "exceptions"),
                    *("future", "model_utils", "models", "rest"),
                )
            },
        },
    )
