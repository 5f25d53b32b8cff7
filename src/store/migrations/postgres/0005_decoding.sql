ALTER TABLE "inferences" ADD COLUMN "decoding" text;--> statement-breakpoint
ALTER TABLE "inferences" ADD COLUMN "field_retries" integer;--> statement-breakpoint
ALTER TABLE "shadow_answers" ADD COLUMN "decoding" text;--> statement-breakpoint
ALTER TABLE "shadow_answers" ADD COLUMN "prompt_version" text;--> statement-breakpoint
ALTER TABLE "shadow_answers" ADD COLUMN "interventions" integer;--> statement-breakpoint
ALTER TABLE "shadow_answers" ADD COLUMN "field_retries" integer;