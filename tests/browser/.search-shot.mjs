import { browse, serve } from './portal.mjs';
const site = await serve(); const browser = await browse();
const shots = [['pay','light',1280],['chekout','light',1280],['kind:api paiement','dark',1280],['xyzzy','light',390],['paiement','light',390]];
for (const [q,scheme,w] of shots) {
 const c = await browser.newContext({ baseURL: site.url, viewport:{width:w,height:900}, colorScheme:scheme });
 const p = await c.newPage(); p.on('console', m=>console.log(q, m.text()));
 await p.goto('/', {waitUntil:'networkidle'}); await p.keyboard.press('/'); await p.keyboard.type(q); await p.waitForTimeout(1200);
 await p.screenshot({path:`/tmp/shots/pal-${q.replace(/\W/g,'_')}-${w}.png`});
 await p.goto('/search.html?q='+encodeURIComponent(q), {waitUntil:'networkidle'}); await p.waitForTimeout(500);
 await p.screenshot({path:`/tmp/shots/page-${q.replace(/\W/g,'_')}-${w}.png`});
 await c.close(); }
await browser.close(); await site.close();
