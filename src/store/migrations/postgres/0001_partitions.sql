-- Written by hand: drizzle-kit has no word for partitions. The tables that grow with traffic become ranges of UUIDv7,
-- that is of time; rows for which no range was made in time land in the default partition.
CREATE TABLE "inferences_ranges" (LIKE "inferences") PARTITION BY RANGE ("id");--> statement-breakpoint
DROP TABLE "inferences";--> statement-breakpoint
ALTER TABLE "inferences_ranges" RENAME TO "inferences";--> statement-breakpoint
ALTER TABLE "inferences" ADD CONSTRAINT "inferences_pkey" PRIMARY KEY ("id");--> statement-breakpoint
CREATE INDEX "inferences_route_index" ON "inferences" USING btree ("route","id");--> statement-breakpoint
CREATE INDEX "inferences_target_index" ON "inferences" USING btree ("target","id");--> statement-breakpoint
CREATE INDEX "inferences_request_id_index" ON "inferences" USING btree ("request_id");--> statement-breakpoint
CREATE INDEX "inferences_sticky_key_hash_index" ON "inferences" USING btree ("sticky_key_hash") WHERE sticky_key_hash is not null;--> statement-breakpoint
CREATE INDEX "inferences_failed_index" ON "inferences" USING btree ("id") WHERE status <> 200;--> statement-breakpoint
CREATE INDEX "inferences_verdict_failed_index" ON "inferences" USING btree ("id") WHERE verdict = 'fail';--> statement-breakpoint
CREATE INDEX "inferences_fallback_index" ON "inferences" USING btree ("id") WHERE fallback_reason is not null;--> statement-breakpoint
CREATE TABLE "inferences_default" PARTITION OF "inferences" DEFAULT;--> statement-breakpoint
CREATE TABLE "inference_bodies_ranges" (LIKE "inference_bodies") PARTITION BY RANGE ("inference_id");--> statement-breakpoint
DROP TABLE "inference_bodies";--> statement-breakpoint
ALTER TABLE "inference_bodies_ranges" RENAME TO "inference_bodies";--> statement-breakpoint
ALTER TABLE "inference_bodies" ADD CONSTRAINT "inference_bodies_pkey" PRIMARY KEY ("inference_id");--> statement-breakpoint
CREATE TABLE "inference_bodies_default" PARTITION OF "inference_bodies" DEFAULT;--> statement-breakpoint
CREATE TABLE "attempts_ranges" (LIKE "attempts") PARTITION BY RANGE ("id");--> statement-breakpoint
DROP TABLE "attempts";--> statement-breakpoint
ALTER TABLE "attempts_ranges" RENAME TO "attempts";--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_pkey" PRIMARY KEY ("id");--> statement-breakpoint
CREATE INDEX "attempts_inference_id_index" ON "attempts" USING btree ("inference_id");--> statement-breakpoint
CREATE TABLE "attempts_default" PARTITION OF "attempts" DEFAULT;--> statement-breakpoint
CREATE TABLE "shadow_answers_ranges" (LIKE "shadow_answers") PARTITION BY RANGE ("id");--> statement-breakpoint
DROP TABLE "shadow_answers";--> statement-breakpoint
ALTER TABLE "shadow_answers_ranges" RENAME TO "shadow_answers";--> statement-breakpoint
ALTER TABLE "shadow_answers" ADD CONSTRAINT "shadow_answers_pkey" PRIMARY KEY ("id");--> statement-breakpoint
CREATE INDEX "shadow_answers_inference_id_index" ON "shadow_answers" USING btree ("inference_id","agreement");--> statement-breakpoint
CREATE INDEX "shadow_answers_target_index" ON "shadow_answers" USING btree ("target","id");--> statement-breakpoint
CREATE TABLE "shadow_answers_default" PARTITION OF "shadow_answers" DEFAULT;
