// Runs Python code in Pyodide under Node.js: node run.mjs JOB.json
//
// A job has "code", "environment" (variables), and "folders" (of this computer, by their names in
// Pyodide). The exit status is the value of the code's last expression.

import { readFileSync } from "node:fs";
import { loadPyodide } from "pyodide";

// Node.js would show the line of an error in Pyodide, and one line there is the whole program.
process.on("uncaughtException", (error) => {
  console.log(String(error.stack).slice(0, 5000));
  process.exit(1);
});

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const python = await loadPyodide({ env: job.environment });
for (const [name, folder] of Object.entries(job.folders)) {
  python.FS.mkdir(`/${name}`);
  python.mountNodeFS(`/${name}`, folder);
}
// Python can wait for a response only while JavaScript awaits Python.
process.exit(await python.runPythonAsync(job.code));
