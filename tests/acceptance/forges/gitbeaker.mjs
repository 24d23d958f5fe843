// The fake of GitLab against @gitbeaker/rest: gitbeaker.mjs SERVE. Each thing that Callboard makes or reads is made and read
// by the client, which must be content with the answers.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Gitlab } from "@gitbeaker/rest";

const fake = spawn(process.argv[2], ["gitlab"], { stdio: ["pipe", "pipe", "inherit"] });
try {
  const [url] = await once(createInterface(fake.stdout), "line");
  const api = new Gitlab({ host: url, token: "token" });
  const user = await api.Users.showCurrentUser();
  assert.equal(user.username, "callboard-bot");
  const group = await api.Groups.create("Shop", "shop");
  assert.equal((await api.Groups.show("shop")).id, group.id);
  const project = await api.Projects.create({ name: "cart", path: "cart", namespaceId: group.id, visibility: "private" });
  assert.equal(project.path_with_namespace, "shop/cart");
  assert.equal((await api.Projects.show("shop/cart")).id, project.id);
  await api.Projects.edit(project.id, { description: "The cart" });

  const scratch = mkdtempSync(join(tmpdir(), "callboard-"));
  const git = (...args) => execFileSync("git", ["-c", "user.name=B", "-c", "user.email=b@x.example",
    "-c", "http.extraHeader=Authorization: Basic dTp0b2tlbg==", ...args], { cwd: scratch, stdio: "pipe" });
  git("init", "-q", "-b", "main");
  git("commit", "-q", "--allow-empty", "-m", "first");
  git("push", "-q", `${url}/shop/cart.git`, "main");
  rmSync(scratch, { recursive: true });

  await api.Branches.create(project.id, "next", "main");
  assert.match((await api.Branches.show(project.id, "next")).commit.id, /^[0-9a-f]{40}$/);
  await api.ProtectedBranches.create(project.id, "main");
  await api.ProjectVariables.create(project.id, "REGION", "eu");
  assert.equal((await api.ProjectVariables.show(project.id, "REGION")).value, "eu");
  await api.ProjectMembers.add(project.id, 30, { userId: 9002 });
  const issue = await api.Issues.create(project.id, "Go live");
  assert.match(issue.web_url, /issues/);
  assert.equal((await api.Issues.all({ projectId: project.id })).length, 1);
  assert.ok((await api.Pipelines.create(project.id, "main")).web_url);

  const request = await api.MergeRequests.create(project.id, "next", "main", "Next");
  assert.equal((await api.MergeRequests.show(project.id, request.iid)).title, "Next");
  const note = await api.MergeRequestNotes.create(project.id, request.iid, "a plan");
  await api.MergeRequestNotes.edit(project.id, request.iid, note.id, { body: "another plan" });
  const notes = await api.MergeRequestNotes.all(project.id, request.iid);
  assert.deepEqual(notes.map((one) => one.body), ["another plan"]);
  assert.deepEqual((await api.MergeRequestApprovals.showConfiguration(project.id, { mergerequestIId: request.iid })).approved_by, []);
  await api.Commits.editStatus(project.id, "1".repeat(40), "success", { name: "callboard/plan" });
  await api.MergeRequests.edit(project.id, request.iid, { stateEvent: "close" });
  await api.Projects.remove(project.id);
  await assert.rejects(api.Projects.show("shop/cart"), /Not Found/);
  console.log("gitlab: @gitbeaker/rest is content with the fake");
} finally {
  fake.stdin.end();
}
