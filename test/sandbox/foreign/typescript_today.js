// An experiment's whole life with the TypeScript client from npm, against the service of 2026.
// Prints one JSON object: for each step, true or what went wrong. The arguments are the sandbox's
// URL and token.

const { Configuration, ExperimentsApi } = require("launchdarkly-api-typescript");

const [url, token] = process.argv.slice(2);
const place = ["demo", "test"];
const expand = "previousIterations,draftIteration,secondaryMetrics,treatments,analysisConfig";
const beta = { headers: { "LD-API-Version": "beta" } };
const semantic = {
  headers: {
    ...beta.headers,
    "Content-Type": "application/json; domain-model=launchdarkly.semanticpatch",
  },
};
const apiOf = (apiKey) => new ExperimentsApi(new Configuration({ basePath: url, apiKey }));
const api = apiOf(token);

const treatments = (first) =>
  ["control", "treatment"].map((name, number) => ({
    name,
    baseline: number === 0,
    allocationPercent: String(number === 0 ? first : 100 - first),
    parameters: [
      {
        flagKey: "checkout-button",
        variationId: `0c7e3d52-6b1f-4f0e-9d55-6a2f3b1c8e0${number + 1}`,
      },
    ],
  }));
const iteration = (hypothesis, parts = {}) => ({
  hypothesis,
  metrics: [{ key: "signup" }, { key: "revenue", analysisUnit: "user" }],
  primarySingleMetricKey: "signup",
  treatments: treatments(50),
  flags: { "checkout-button": { ruleId: "fallthrough", flagConfigVersion: 1 } },
  randomizationUnit: "user",
  ...parts,
});
const post = (key, body, parts = {}) => ({ key, name: "A whole life", iteration: body, ...parts });

const patch = async (...instructions) =>
  (await api.patchExperiment(...place, "life", { instructions }, semantic)).data;
const get = async (key = "life") => (await api.getExperiment(...place, key, expand, beta)).data;
const keys = async (filter, lifecycle, limit = 5, offset = 0) => {
  const page = await api.getExperiments(
    ...place, limit, offset, filter, expand, lifecycle, beta,
  );
  return page.data.items.map((item) => item.key);
};
const create = async (body) => (await api.createExperiment(...place, body, beta)).data;
const refusal = (promise) =>
  promise.then(
    () => "not refused",
    (error) => [error.response.status, error.response.data.code ?? null],
  );
const update = (value) => ({ kind: "updateExperimentFields", value });
const change = (operation, value) => ({ operation, value });
const invalid = [400, "invalid_request"];

// Each step returns what it saw and what it expected, or null if the client lacks the call.
const steps = {
  "a wrong token is a 401": async () => [
    await refusal(apiOf("wrong").getExperiments(...place)),
    [401, "unauthorized"],
  ],
  "a request without the header of the beta is a 403": async () => [
    await refusal(api.getExperimentationSettings("demo")),
    [403, null],
  ],
  "an unknown project is a 404": async () => [
    await refusal(api.getExperimentationSettings("nowhere", beta)),
    [404, "not_found"],
  ],
  "settings are written": async () => {
    const put = { randomizationUnits: [{ randomizationUnit: "user" }] };
    const settings = await api.putExperimentationSettings("demo", put, beta);
    return [settings.data.randomizationUnits.map((unit) => unit.default), [true]];
  },
  "settings are read": async () => {
    const settings = await api.getExperimentationSettings("demo", beta);
    return [typeof settings.data._creationDate, "number"];
  },
  "an experiment is created": async () => {
    const parts = { tags: ["a"], holdoutId: "h", analysisConfig: { bayesianThreshold: "95" } };
    const made = await create(post("life", iteration("first"), parts));
    return [[made.methodology, made.currentIteration.status], ["frequentist", "not_started"]];
  },
  "a taken key is a 400": async () => [
    await refusal(create(post("life", iteration("again")))),
    invalid,
  ],
  "an invalid body is a 400": async () => [await refusal(create({ key: 5 })), invalid],
  "an unknown experiment is a 404": async () => [
    await refusal(get("un/known")),
    [404, "not_found"],
  ],
  "an experiment is expanded": async () => {
    const current = (await get()).currentIteration;
    return [
      [current.treatments.length, current.metrics.map((metric) => metric.key)],
      [2, ["signup", "revenue"]],
    ];
  },
  "fields come back as they were sent": async () => {
    const { tags, holdoutId, analysisConfig, currentIteration } = await get();
    const primary = currentIteration.primarySingleMetric.key;
    return [
      { tags, holdoutId, analysisConfig, primary },
      { tags: ["a"], holdoutId: "h", analysisConfig: { bayesianThreshold: "95" }, primary: "signup" },
    ];
  },
  "the mutable fields are read": async () => {
    const found = await api.getExperiment(...place, "life", "mutableFieldsByStatus", beta);
    return [found.data.mutableFieldsByStatus.running.name, ["update"]];
  },
  "a patch that is not semantic is a 400": async () => {
    const instructions = [{ kind: "archiveExperiment" }];
    return [await refusal(api.patchExperiment(...place, "life", { instructions }, beta)), invalid];
  },
  "fields of the experiment are updated": async () => {
    const changes = { name: change("update", "Renamed"), tags: change("add", ["b"]) };
    const { name, tags } = await patch(update(changes));
    return [{ name, tags }, { name: "Renamed", tags: ["a", "b"] }];
  },
  "fields of the iteration are updated before its start": async () => {
    await patch(update({ treatments: change("update", treatments(30)) }));
    const current = (await get()).currentIteration;
    return [current.treatments.map((t) => t.allocationPercent), ["30", "70"]];
  },
  "an unknown field is a 400": async () => [
    await refusal(patch(update({ key: change("update", "k") }))),
    invalid,
  ],
  "an iteration is started": async () => [
    (await patch({ kind: "startIteration" })).currentIteration.status,
    "running",
  ],
  "the running experiments are listed": async () => [await keys("status:running"), ["life"]],
  "a metric is added while the iteration runs": async () => {
    await patch(update({ metrics: change("add", [{ key: "page-load-ms" }]) }));
    return [(await get()).currentIteration.metrics.length, 3];
  },
  "a locked field is a 400": async () => [
    await refusal(patch(update({ hypothesis: change("update", "x") }))),
    invalid,
  ],
  "a rule in another running experiment is a 409": async () => {
    await create(post("rival", iteration("rival")));
    const start = { instructions: [{ kind: "startIteration" }] };
    const answer = api.patchExperiment(...place, "rival", start, semantic);
    return [await refusal(answer), [409, "conflict"]];
  },
  "a new iteration is saved and started": async () => {
    const value = { hypothesis: change("update", "second") };
    const { currentIteration } = await patch({ kind: "saveAndStartNewIteration", value });
    return [[currentIteration.hypothesis, currentIteration.status], ["second", "running"]];
  },
  "the previous iteration is read": async () => [
    (await get()).previousIterations.map((before) => before.status),
    ["stopped"],
  ],
  "a further iteration is created": async () => {
    const draft = await api.createIteration(...place, "life", iteration("third"), beta);
    return [(await get()).draftIteration._id, draft.data._id];
  },
  "a start without a justification is a 400": async () => [
    await refusal(patch({ kind: "startIteration" })),
    invalid,
  ],
  "the further iteration is started": async () => {
    const start = { kind: "startIteration", changeJustification: "why not" };
    return [(await patch(start)).currentIteration.hypothesis, "third"];
  },
  "a stop without a winner is a 400": async () => [
    await refusal(patch({ kind: "stopIteration" })),
    invalid,
  ],
  "the iteration is stopped with a winner": async () => {
    const winningTreatmentId = (await get()).currentIteration.treatments[1]._id;
    const stop = { kind: "stopIteration", winningTreatmentId, winningReason: "it wins" };
    const { currentIteration } = await patch(stop);
    return [
      [currentIteration.status, currentIteration.winningTreatmentId],
      ["stopped", winningTreatmentId],
    ];
  },
  "name and description are changed in the older way": async () => {
    const { name, description } = await patch(
      { kind: "updateName", value: "Lived" },
      { kind: "updateDescription", value: "e" },
    );
    return [{ name, description }, { name: "Lived", description: "e" }];
  },
  "the experiment is archived": async () => [
    typeof (await patch({ kind: "archiveExperiment" })).archivedDate,
    "number",
  ],
  "archived experiments are listed": async () => [
    [await keys(), await keys(undefined, "archived")],
    [["rival"], ["life"]],
  ],
  "the experiment is restored": async () => [
    "archivedDate" in (await patch({ kind: "restoreExperiment" })),
    false,
  ],
  "a list has pages": async () => [await keys(undefined, undefined, 1, 1), ["rival"]],
  "a funnel is the primary metric": async () => {
    const funnel = { primarySingleMetricKey: undefined, primaryFunnelKey: "checkout-funnel" };
    await create(post("funnel", iteration("f", { ...funnel, metrics: [] })));
    const { primaryFunnel } = (await get("funnel")).currentIteration;
    return [primaryFunnel.metrics.map((metric) => metric.key), ["signup", "revenue"]];
  },
  "a multi-armed bandit is created": async () => {
    const body = iteration("m", { reallocationFrequencyMillis: 3600000 });
    const made = await create(post("bandit", body, { type: "mab" }));
    const frequency = made.currentIteration.reallocationFrequencyMillis;
    return [[made.methodology, frequency], ["bayesian", 3600000]];
  },
  "the withdrawn results are a 404": async () => {
    // Clients since 18.0.0 lack this call.
    if (!api.getExperimentResults) return null;
    const results = api.getExperimentResults(
      ...place, "life", "signup", undefined, undefined, beta,
    );
    return [await refusal(results), [404, "not_found"]];
  },
  "experiments of any environment are listed": async () => {
    // Clients before 23.0.0 lack this call.
    if (!api.getExperimentsAnyEnv) return null;
    const page = await api.getExperimentsAnyEnv(
      "demo", 5, 0, undefined, expand, undefined, beta,
    );
    return [page.data.items.map((item) => item.environmentKey), Array(4).fill("test")];
  },
};

async function main() {
  const seen = {};
  for (const [name, step] of Object.entries(steps)) {
    try {
      const outcome = await step();
      if (outcome === null) continue;
      const [found, expected] = outcome;
      const same = JSON.stringify(found) === JSON.stringify(expected);
      seen[name] = same || `saw ${JSON.stringify(found)}`;
    } catch (error) {
      seen[name] = String(error.response ? JSON.stringify(error.response.data) : error);
    }
  }
  console.log(JSON.stringify(seen));
}

main();
