-- Nothing was ever written to tombstones in their first form.
DROP INDEX "tombstones_subject_hash_index";--> statement-breakpoint
ALTER TABLE "feedback" ADD COLUMN "sticky_key_hash" text;--> statement-breakpoint
ALTER TABLE "samples" ADD COLUMN "user_hash" text;--> statement-breakpoint
ALTER TABLE "shadow_answers" ADD COLUMN "sticky_key_hash" text;--> statement-breakpoint
ALTER TABLE "tombstones" ADD COLUMN "subject" text NOT NULL;--> statement-breakpoint
ALTER TABLE "tombstones" ADD COLUMN "sequence" bigint NOT NULL;--> statement-breakpoint
CREATE INDEX "feedback_sticky_key_hash_index" ON "feedback" USING btree ("sticky_key_hash") WHERE sticky_key_hash is not null;--> statement-breakpoint
CREATE INDEX "samples_user_hash_index" ON "samples" USING btree ("user_hash") WHERE user_hash is not null;--> statement-breakpoint
CREATE INDEX "shadow_answers_sticky_key_hash_index" ON "shadow_answers" USING btree ("sticky_key_hash") WHERE sticky_key_hash is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "tombstones_subject_index" ON "tombstones" USING btree ("subject");--> statement-breakpoint
CREATE UNIQUE INDEX "tombstones_sequence_index" ON "tombstones" USING btree ("sequence");--> statement-breakpoint
ALTER TABLE "tombstones" DROP COLUMN "subject_hash";--> statement-breakpoint
UPDATE "shadow_answers" SET "sticky_key_hash" = "inferences"."sticky_key_hash" FROM "inferences" WHERE "inferences"."id" = "shadow_answers"."inference_id";--> statement-breakpoint
UPDATE "feedback" SET "sticky_key_hash" = "inferences"."sticky_key_hash" FROM "inferences" WHERE "inferences"."id" = "feedback"."inference_id";