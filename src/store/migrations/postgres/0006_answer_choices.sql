ALTER TABLE "inference_bodies" ADD COLUMN "choices" text;--> statement-breakpoint
ALTER TABLE "shadow_answers" ADD COLUMN "choices" text;