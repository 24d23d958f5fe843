// Runs Backstage's own action that publishes a repository: publish.mjs FORGE URL INPUT FOLDER. It publishes the files of
// FOLDER on the fake forge at URL with INPUT, which is JSON, and prints the outputs of the action as JSON.
//
// Where the modules insist on https or on a public host, they get it: a server with the certificate of CERTIFICATE and KEY in
// front of the fake for Azure DevOps, and the fake's address instead of that of Bitbucket Cloud's API.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { createServer } from "node:tls";

const require = createRequire(import.meta.url);
const { ConfigReader } = require("@backstage/config");
const { ScmIntegrations } = require("@backstage/integration");
const [forge, url, input, folder] = process.argv.slice(2);
const API = "https://api.bitbucket.org/2.0";
const own = new URL(url);

/** A server with a certificate whose connections go to the fake; returns its host. */
async function secure() {
  const [cert, key] = ["CERTIFICATE", "KEY"].map((name) => readFileSync(process.env[name]));
  const server = createServer({ cert, key }, (from) => {
    const to = connect(Number(own.port), own.hostname);
    from.pipe(to).pipe(from);
    for (const socket of [from, to]) socket.on("error", () => [from, to].forEach((one) => one.destroy()));
  });
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  server.unref();
  return `localhost:${server.address().port}`;
}

// The module, its action, and the settings of its host.
const [module, create, integration] = {
  "github": ["github", "createPublishGithubAction", () => ({ apiBaseUrl: `${url}/api`, token: "token" })],
  "gitlab": ["gitlab", "createPublishGitlabAction", () => ({ baseUrl: url, apiBaseUrl: `${url}/api/v4`, token: "token" })],
  "gitea": ["gitea", "createPublishGiteaAction", () => ({ baseUrl: url, username: "callboard-bot", password: "token" })],
  "azure-devops": ["azure", "createPublishAzureAction", async () => ({
    host: await secure(), credentials: [{ organizations: ["acme"], personalAccessToken: "token" }],
  })],
  "bitbucket-cloud": ["bitbucket-cloud", "createPublishBitbucketCloudAction", () => ({ username: "u", token: "token" })],
  "bitbucket-server": ["bitbucket-server", "createPublishBitbucketServerAction",
    () => ({ apiBaseUrl: `${url}/api`, token: "token" })],
}[forge];
// There is one Bitbucket Cloud, whose host no settings say.
const host = forge === "bitbucket-cloud" ? {} : { host: own.host };
const values = { ...host, ...await integration() };
const key = module.replace(/-./, (part) => part[1].toUpperCase());

const { fetch } = globalThis;
globalThis.fetch = (address, options) => fetch(typeof address === "string" ? address.replace(API, `${url}/api`) : address, options);

const config = new ConfigReader({
  integrations: { [key]: [values] }, scaffolder: { defaultAuthor: { name: "C", email: "c@x.example" } },
});
const action = require(`@backstage/plugin-scaffolder-backend-module-${module}`)[create]({
  integrations: ScmIntegrations.fromConfig(config), config,
});
const warnings = [];
const log = () => {};
const outputs = {};
await action.handler({
  input: JSON.parse(input.replaceAll("HOST", values.host ?? "bitbucket.org")),
  workspacePath: folder,
  logger: { debug: log, info: log, warn: (text) => warnings.push(text), error: (text) => warnings.push(text), child: log },
  checkpoint: ({ fn }) => fn(),
  output: (name, value) => { outputs[name] = value; },
});
// An action that goes on after a refusal says it as a warning.
if (warnings.length > 0) throw new Error(warnings.join("\n"));
console.log(JSON.stringify(outputs));
process.exit(0);
