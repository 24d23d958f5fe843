// The smallest Backstage that has a catalog.
const { createBackend } = require('@backstage/backend-defaults');

const backend = createBackend();
backend.add(import('@backstage/plugin-catalog-backend'));
backend.add(import('@backstage/plugin-catalog-backend-module-logs'));
backend.start().catch(error => {
  console.error(error);
  process.exit(1);
});
