ALTER TABLE `inferences` ADD `decoding` text;--> statement-breakpoint
ALTER TABLE `inferences` ADD `field_retries` integer;--> statement-breakpoint
ALTER TABLE `shadow_answers` ADD `decoding` text;--> statement-breakpoint
ALTER TABLE `shadow_answers` ADD `prompt_version` text;--> statement-breakpoint
ALTER TABLE `shadow_answers` ADD `interventions` integer;--> statement-breakpoint
ALTER TABLE `shadow_answers` ADD `field_retries` integer;