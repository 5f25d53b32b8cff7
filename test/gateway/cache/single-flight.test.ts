import { expect, test } from "vitest";
import { createSingleFlight, type Seat } from "../../../src/gateway/cache/single-flight.ts";

const patient = { signal: new AbortController().signal, maxWaitMs: 20_000 };

function expectLeader<Value>(seat: Seat<Value>) {
  if (seat.role !== "leader") throw new Error(`boarded as ${seat.role}`);
  return seat;
}

test("one leads, the others get its value, and the next one leads anew", async () => {
  const flights = createSingleFlight<string>();
  const leader = expectLeader(await flights.board("a", patient));
  const followers = [flights.board("a", patient), flights.board("a", patient)];
  expectLeader(await flights.board("b", patient));
  leader.settle({ kind: "shared", value: "done" });
  const seat = { role: "follower", value: "done" };
  expect(await Promise.all(followers)).toEqual([seat, seat]);
  expectLeader(await flights.board("a", patient));
});

test("a leader that leaves hands over to one of those who wait; the rest wait for that one", async () => {
  const flights = createSingleFlight<string>();
  const leader = expectLeader(await flights.board("a", patient));
  const first = flights.board("a", patient);
  const second = flights.board("a", patient);
  leader.settle({ kind: "left" });
  expectLeader(await first).settle({ kind: "shared", value: "by the heir" });
  expect(await second).toEqual({ role: "follower", value: "by the heir" });
});

test("with nothing to share everybody goes on alone, at the same time", async () => {
  const flights = createSingleFlight<string>();
  const leader = expectLeader(await flights.board("a", patient));
  const followers = [flights.board("a", patient), flights.board("a", patient)];
  leader.settle({ kind: "alone" });
  expect(await Promise.all(followers)).toEqual([{ role: "alone" }, { role: "alone" }]);
});

test("a leader that is never heard of again holds up nobody for ever", async () => {
  const flights = createSingleFlight<string>();
  expectLeader(await flights.board("a", patient));
  expect(await flights.board("a", { ...patient, maxWaitMs: 5 })).toEqual({ role: "alone" });
  expectLeader(await flights.board("a", patient));
});

test("who leaves while waiting gets the reason, and nobody else notices", async () => {
  const flights = createSingleFlight<string>();
  const leader = expectLeader(await flights.board("a", patient));
  const controller = new AbortController();
  const leaving = flights.board("a", { ...patient, signal: controller.signal });
  const staying = flights.board("a", patient);
  controller.abort(new Error("gone"));
  await expect(leaving).rejects.toThrow("gone");
  leader.settle({ kind: "shared", value: "done" });
  expect(await staying).toMatchObject({ value: "done" });
});
