// Calls each verb of the control interface, and prints the statuses and some of what it read.

const url: string = process.argv[2];

interface Answer<T> {
  status: number;
  body: T;
}

const seen: string[] = [];

async function control<T = unknown>(
  method: string,
  path: string,
  body?: object,
): Promise<Answer<T>> {
  const response = await fetch(`${url}/__sandbox${path}`, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  seen.push(`${method} ${path.split("?")[0]}`);
  return { status: response.status, body: (text ? JSON.parse(text) : null) as T };
}

async function service(path: string): Promise<number> {
  const headers = { Authorization: "sandbox-token", "LD-API-Version": "beta" };
  return (await fetch(`${url}/api/v2/projects/demo/environments/test${path}`, { headers })).status;
}

interface Flag {
  key: string;
  archived: boolean;
  variations: { id: string; name: string; value: unknown }[];
  configs: Record<string, { on: boolean; version: number }>;
}

interface State {
  apiVersion: string;
  projects: { key: string; experiments: { key: string }[] }[];
}

async function main(): Promise<void> {
  await control("POST", "/reset", {});
  const health = await control<{ status: string }>("GET", "/health");
  await control("POST", "/projects", { key: "shop" });
  await control("POST", "/environments", { key: "live", projectKey: "shop" });
  const flag = await control<Flag>("POST", "/flags", { key: "theme", variations: [1, { a: true }] });
  const off = await control<Flag>("PATCH", "/flags", { key: "theme", on: false, archived: true });
  await control("POST", "/metrics", { key: "buy" });
  await control("POST", "/metric-groups", { key: "way", metrics: ["buy"] });
  await control("POST", "/context-kinds", { key: "device" });
  const member = await control<{ id: string }>("POST", "/members", { email: "ana@example.com" });
  const iteration = { primaryMetric: "signup", flags: ["checkout-button"], status: "running" };
  const state = await control<State>("GET", "/state");
  state.body.projects[0].experiments.push({ key: "colour", iterations: [iteration] } as never);
  await control("PUT", "/state", state.body);
  const units = await control<string[]>("POST", "/traffic", {
    experimentKey: "colour",
    treatment: "control",
    units: ["ada", "bob"],
    events: { signup: 1 },
  });
  await control("POST", "/traffic/simulation", { experimentKey: "colour", units: 10 });
  await control("POST", "/faults", { status: 503, call: "get_experiment" });
  const failed = [await service("/experiments/colour"), await service("/experiments/colour")];
  await control("PUT", "/faults/rate", { probability: 1, statuses: [502] });
  failed.push(await service("/experiments/colour"));
  await control("DELETE", "/faults");
  await control("PUT", "/latency", { seconds: 0 });
  await control("PUT", "/rate-limit", { limit: 0 });
  failed.push(await service("/experiments/colour"));
  await control("PUT", "/rate-limit", { limit: null });
  await control("PUT", "/api-version", { apiVersion: "2026" });
  await control("PUT", "/clock", { at: 1790000000000 });
  await control("POST", "/clock/advance", { seconds: 60 });
  const clock = await control<{ now: number }>("GET", "/clock");
  const requests = await control<{ total: number }>("GET", "/requests?call=get_experiment");
  await control("DELETE", "/requests");
  const again = await control<State>("GET", "/state");
  console.log(
    JSON.stringify({
      seen: [...new Set(seen)].sort(),
      health: health.body.status,
      variations: flag.body.variations.map((variation) => variation.value),
      off: [off.body.archived, off.body.configs.test],
      member: typeof member.body.id,
      units: units.body,
      failed,
      now: clock.body.now,
      requests: requests.body.total,
      restored: [again.body.apiVersion, again.body.projects.map((project) => project.key)],
    }),
  );
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
