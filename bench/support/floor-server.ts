/** The floor: a bare Hono app that passes the body through an undici pool and does nothing else. */
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { Pool } from "undici";

const pool = new Pool(process.env.BENCH_UPSTREAM ?? "", { connections: 64 });
const app = new Hono().post("/v1/chat/completions", async (c) => {
  const answer = await pool.request({
    path: "/v1/chat/completions",
    method: "POST",
    headers: { "content-type": "application/json" },
    body: await c.req.text(),
  });
  return c.body(await answer.body.text(), 200, { "content-type": "application/json" });
});
serve({ fetch: app.fetch, hostname: "127.0.0.1", port: 0 }, (address) => {
  console.log(`floor on http://127.0.0.1:${address.port}`);
});
process.on("SIGTERM", () => process.exit(0));
