CREATE TABLE "api_keys" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"prefix" text NOT NULL,
	"key_hash" text NOT NULL,
	"scopes" text NOT NULL,
	"consent" text,
	"created_at" bigint NOT NULL,
	"revoked_at" bigint
);
--> statement-breakpoint
CREATE TABLE "attempts" (
	"id" uuid PRIMARY KEY NOT NULL,
	"inference_id" uuid NOT NULL,
	"sequence" integer NOT NULL,
	"target" text NOT NULL,
	"provider" text NOT NULL,
	"model" text NOT NULL,
	"status" integer,
	"error_kind" text,
	"latency_ms" double precision NOT NULL,
	"ttft_ms" double precision,
	"started_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"subject" text NOT NULL,
	"detail" text,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "feedback" (
	"id" uuid PRIMARY KEY NOT NULL,
	"inference_id" uuid NOT NULL,
	"score" double precision,
	"verdict" text,
	"correction" text,
	"comment" text,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "inference_bodies" (
	"inference_id" uuid PRIMARY KEY NOT NULL,
	"request" text,
	"answer" text
);
--> statement-breakpoint
CREATE TABLE "inferences" (
	"id" uuid PRIMARY KEY NOT NULL,
	"request_id" text NOT NULL,
	"route" text NOT NULL,
	"route_version" integer NOT NULL,
	"target" text,
	"requested_model" text NOT NULL,
	"bucket" double precision NOT NULL,
	"model_version" text,
	"adapter" text,
	"prompt_version" text,
	"license_class" text,
	"endpoint" text NOT NULL,
	"streamed" boolean NOT NULL,
	"status" integer NOT NULL,
	"error_code" text,
	"finish_reason" text,
	"prompt_tokens" integer,
	"completion_tokens" integer,
	"cached_tokens" integer,
	"cost_usd" double precision,
	"latency_ms" double precision NOT NULL,
	"ttft_ms" double precision,
	"cache" text NOT NULL,
	"fallback_reason" text,
	"dropped" text NOT NULL,
	"interventions" integer,
	"sticky_key_hash" text,
	"consent" text NOT NULL,
	"verdict" text,
	"schema_verdict" text,
	"hard_checks" text,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "log_writers" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"host" text NOT NULL,
	"sequence" bigint NOT NULL,
	"lost" integer,
	"started_at" bigint NOT NULL,
	"updated_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "models" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"version" text NOT NULL,
	"base_model" text,
	"sha256" text,
	"license_class" text,
	"manifest_hash" text,
	"report" text,
	"state" text NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ramps" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"route" text NOT NULL,
	"target" text NOT NULL,
	"state" text NOT NULL,
	"percent" double precision NOT NULL,
	"plan" text NOT NULL,
	"reason" text,
	"created_at" bigint NOT NULL,
	"updated_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "reviews" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"sample_id" text NOT NULL,
	"reviewer" text NOT NULL,
	"decision" text NOT NULL,
	"correction" text,
	"comment" text,
	"duration_ms" integer,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rounds" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"state" text NOT NULL,
	"steps" text NOT NULL,
	"manifest_hash" text,
	"model_id" text,
	"report" text,
	"started_at" bigint NOT NULL,
	"finished_at" bigint
);
--> statement-breakpoint
CREATE TABLE "route_versions" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"version" integer NOT NULL,
	"route" text NOT NULL,
	"actor" text NOT NULL,
	"reason" text,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "samples" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"source" text NOT NULL,
	"input_hash" text NOT NULL,
	"input" text NOT NULL,
	"output" text NOT NULL,
	"inference_id" text,
	"target" text,
	"license_class" text NOT NULL,
	"state" text NOT NULL,
	"reasons" text NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "shadow_answers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"inference_id" uuid NOT NULL,
	"target" text NOT NULL,
	"provider" text NOT NULL,
	"model" text NOT NULL,
	"model_version" text,
	"license_class" text,
	"answer" text,
	"finish_reason" text,
	"error_kind" text,
	"error_message" text,
	"schema_verdict" text,
	"hard_checks" text,
	"agreement" double precision,
	"prompt_tokens" integer,
	"completion_tokens" integer,
	"cost_usd" double precision,
	"latency_ms" double precision NOT NULL,
	"ttft_ms" double precision,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tombstones" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"subject_hash" text NOT NULL,
	"reason" text,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_sample_id_samples_id_fk" FOREIGN KEY ("sample_id") REFERENCES "public"."samples"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "api_keys_key_hash_index" ON "api_keys" USING btree ("key_hash");--> statement-breakpoint
CREATE INDEX "attempts_inference_id_index" ON "attempts" USING btree ("inference_id");--> statement-breakpoint
CREATE INDEX "audit_subject_index" ON "audit" USING btree ("subject","id");--> statement-breakpoint
CREATE INDEX "feedback_inference_id_index" ON "feedback" USING btree ("inference_id");--> statement-breakpoint
CREATE INDEX "inferences_route_index" ON "inferences" USING btree ("route","id");--> statement-breakpoint
CREATE INDEX "inferences_target_index" ON "inferences" USING btree ("target","id");--> statement-breakpoint
CREATE INDEX "inferences_request_id_index" ON "inferences" USING btree ("request_id");--> statement-breakpoint
CREATE INDEX "inferences_sticky_key_hash_index" ON "inferences" USING btree ("sticky_key_hash") WHERE sticky_key_hash is not null;--> statement-breakpoint
CREATE INDEX "inferences_failed_index" ON "inferences" USING btree ("id") WHERE status <> 200;--> statement-breakpoint
CREATE INDEX "inferences_verdict_failed_index" ON "inferences" USING btree ("id") WHERE verdict = 'fail';--> statement-breakpoint
CREATE INDEX "inferences_fallback_index" ON "inferences" USING btree ("id") WHERE fallback_reason is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "models_name_version_index" ON "models" USING btree ("name","version");--> statement-breakpoint
CREATE INDEX "ramps_route_index" ON "ramps" USING btree ("route","state");--> statement-breakpoint
CREATE INDEX "reviews_sample_id_index" ON "reviews" USING btree ("sample_id");--> statement-breakpoint
CREATE INDEX "rounds_started_at_index" ON "rounds" USING btree ("started_at");--> statement-breakpoint
CREATE UNIQUE INDEX "route_versions_name_version_index" ON "route_versions" USING btree ("name","version");--> statement-breakpoint
CREATE INDEX "samples_state_index" ON "samples" USING btree ("state","id");--> statement-breakpoint
CREATE INDEX "samples_input_hash_index" ON "samples" USING btree ("input_hash");--> statement-breakpoint
CREATE INDEX "samples_inference_id_index" ON "samples" USING btree ("inference_id");--> statement-breakpoint
CREATE INDEX "shadow_answers_inference_id_index" ON "shadow_answers" USING btree ("inference_id","agreement");--> statement-breakpoint
CREATE INDEX "shadow_answers_target_index" ON "shadow_answers" USING btree ("target","id");--> statement-breakpoint
CREATE UNIQUE INDEX "tombstones_subject_hash_index" ON "tombstones" USING btree ("subject_hash");