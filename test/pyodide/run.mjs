// Runs Python code in Pyodide: node run.mjs JOB.json
//
// A job has "code", "environment" (variables), and "mounts" (folders of this computer by their path
// in Pyodide). The exit status is the value of the code's last expression.

import { readFileSync } from "node:fs";
import { loadPyodide } from "pyodide";

// Node.js would show the line of an error in Pyodide, and one line there is the whole program.
process.on("uncaughtException", (error) => {
  console.log(String(error.stack).slice(0, 5000));
  process.exit(1);
});

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const python = await loadPyodide({ env: job.environment });
for (const [path, folder] of Object.entries(job.mounts)) {
  python.FS.mkdirTree(path);
  python.mountNodeFS(path, folder);
}
// Python can wait for a response only while JavaScript awaits Python.
process.exit(await python.runPythonAsync(job.code));
