import { browse, serve } from './portal.mjs';
const site = await serve(); const browser = await browse();
const shots = [['teams.html','light',390,'e'],['catalog/default/system/panier.html','dark',390,'f'],['catalog/default/component/panier-api.html','light',390,'h']];
for (const [u,scheme,w,n] of shots) {
 const c = await browser.newContext({ baseURL: site.url, viewport:{width:w,height:900}, colorScheme:scheme });
 const p = await c.newPage(); p.on('console', m=>console.log(u, m.text()));
 await p.goto(u, {waitUntil:'networkidle'}); await p.waitForTimeout(300);
 await p.screenshot({path:`/tmp/shots/s2-${n}.png`}); await c.close(); }
await browser.close(); await site.close();
