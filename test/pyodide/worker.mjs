// Runs Python code in Pyodide in a worker of a page, as JupyterLite does, and posts what it prints.

import { loadPyodide } from "./node_modules/pyodide/pyodide.mjs";

const post = (path, data) => fetch(path, { method: "POST", body: data });
const printed = [];
let status = 1;
try {
  const job = await (await fetch("job.json")).json();
  const python = await loadPyodide({ env: job.environment });
  const print = { batched: (line) => printed.push(line) };
  python.setStdout(print);
  python.setStderr(print);
  for (const name of ["packages", "source"]) {
    const archive = await (await fetch(`${name}.zip`)).arrayBuffer();
    python.unpackArchive(archive, "zip", { extractDir: `/${name}` });
  }
  // Python can wait for a response while JavaScript awaits Python, in browsers that know how to.
  // Otherwise urllib3 makes requests that block the worker.
  status = job.waiting ? await python.runPythonAsync(job.code) : python.runPython(job.code);
} catch (error) {
  printed.push(String(error.stack));
}
await post("printed", JSON.stringify({ status, printed: printed.join("\n") }));
