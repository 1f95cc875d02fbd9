// An experiment's whole life with the TypeScript client from npm, as Node.js runs it.
// Prints one JSON object of what was seen. The arguments are the sandbox's URL and token.

const { Configuration, ExperimentsApi } = require("launchdarkly-api-typescript");

const [url, token] = process.argv.slice(2);
const place = ["demo", "test"];
const expand = "previousIterations,draftIteration,secondaryMetrics,treatments";
const beta = { headers: { "LD-API-Version": "beta" } };
const semantic = {
  headers: {
    ...beta.headers,
    "Content-Type": "application/json; domain-model=launchdarkly.semanticpatch",
  },
};
const api = new ExperimentsApi(new Configuration({ basePath: url, apiKey: token }));

const iteration = (hypothesis) => ({
  hypothesis,
  metrics: [
    { key: "signup", primary: true },
    { key: "revenue", primary: false },
  ],
  treatments: ["control", "treatment"].map((name, number) => ({
    name,
    baseline: number === 0,
    allocationPercent: "50",
    parameters: [
      {
        flagKey: "checkout-button",
        variationId: `0c7e3d52-6b1f-4f0e-9d55-6a2f3b1c8e0${number + 1}`,
      },
    ],
  })),
  flags: { "checkout-button": { ruleId: "fallthrough", flagConfigVersion: 1 } },
  randomizationUnit: "user",
});

const refusal = (promise) =>
  promise.then(
    () => "not refused",
    (error) => [error.response.status, error.response.data.code ?? null],
  );

const patch = async (...instructions) =>
  (await api.patchExperiment(...place, "life", { instructions }, semantic)).data;

async function main() {
  const seen = {};
  seen.withoutBeta = await refusal(api.getExperimentationSettings("demo"));
  const settings = await api.putExperimentationSettings(
    "demo",
    {
      randomizationUnits: [
        { randomizationUnit: "user", default: true, standardRandomizationUnit: "user" },
      ],
    },
    beta,
  );
  seen.settings = settings.data.randomizationUnits.length;
  const post = {
    key: "life",
    name: "A whole life",
    maintainerId: "12ab3c45de678910fgh12345",
    iteration: iteration("Green sells more"),
  };
  const created = await api.createExperiment(...place, post, beta);
  seen.created = [created.status, created.data.currentIteration.status];
  seen.createdTwice = await refusal(api.createExperiment(...place, post, beta));
  seen.unknown = await refusal(api.getExperiment(...place, "un/known", undefined, beta));
  seen.started = (await patch({ kind: "startIteration" })).currentIteration.status;
  const page = await api.getExperiments(...place, 5, 0, "status:running", expand, "active", beta);
  seen.listed = [page.data.total_count, page.data.items[0].currentIteration.treatments.length];
  const results = await api.getExperimentResults(
    ...place, "life", "signup", undefined, undefined, beta,
  );
  seen.results = results.data.treatmentResults.map((arm) => typeof arm.pBest);
  const draft = await api.createIteration(...place, "life", iteration("Larger sells more"), beta);
  seen.draft = [draft.status, draft.data.status];
  const second = await patch({ kind: "startIteration", changeJustification: "Larger" });
  seen.second = second.currentIteration._id === draft.data._id;
  const winningTreatmentId = draft.data.treatments[1]._id;
  const stopped = await patch(
    { kind: "stopIteration", winningTreatmentId, winningReason: "It sells more" },
    { kind: "archiveExperiment" },
  );
  seen.stopped = [stopped.currentIteration.status, typeof stopped.archivedDate];
  const whole = await api.getExperiment(...place, "life", expand, beta);
  seen.previous = whole.data.previousIterations.map((before) => before.status);
  console.log(JSON.stringify(seen));
}

main().catch((error) => {
  console.error(error.response ? JSON.stringify(error.response.data) : error);
  process.exit(1);
});
