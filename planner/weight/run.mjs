// Makes a plan with the planner that weigh-wasm.sh has built, and fails when it is none: what is weighed must work.
import { readFile } from 'node:fs/promises';

const template = {
  apiVersion: 'scaffolder.backstage.io/v1beta3',
  kind: 'Template',
  metadata: { name: 'service', title: 'Service' },
  spec: {
    type: 'service',
    parameters: [{ properties: { name: { type: 'string', pattern: '^[a-z-]+$' } }, required: ['name'] }],
    steps: [
      { id: 'files', action: 'fetch:template', input: { url: './skeleton', values: { name: '${{ parameters.name }}' } } },
      { id: 'log', action: 'debug:log', input: { message: '${{ parameters.name | upper }}' } },
    ],
  },
};
const user = { apiVersion: 'backstage.io/v1alpha1', kind: 'User', metadata: { name: 'ada' }, spec: { memberOf: [] } };
const folder = 'scaffolds/templates/service';
const input = {
  files: {
    [`${folder}/template.yaml`]: JSON.stringify(template),
    [`${folder}/skeleton/readme.md`]: '# ${{ values.name }}\n',
  },
  entities: [
    [`${folder}/template.yaml`, template],
    ['catalog-data/manual/org.yaml', user],
  ],
  request: ['scaffolds/requests/shop.yaml', 'template: service\nrequester: ada\nparameters: { name: shop-api }\n'],
  author: ['Platform', 'platform@example.com'],
};

const { instance } = await WebAssembly.instantiate(await readFile(process.argv[2]), {});
const { memory, alloc, plan_request: planRequest, result } = instance.exports;
const bytes = new TextEncoder().encode(JSON.stringify(input));
const address = alloc(bytes.length);
new Uint8Array(memory.buffer, address, bytes.length).set(bytes);
const length = planRequest(address, bytes.length);
const plan = JSON.parse(new TextDecoder().decode(new Uint8Array(memory.buffer, result(), length)));
const done = [plan.files?.[0]?.path, plan.steps?.[1]?.log?.[0]];
if (done.join() !== 'readme.md,SHOP-API') {
  console.error('error: the planner makes no plan in WebAssembly:', JSON.stringify(plan, null, 2));
  process.exit(1);
}
