ALTER TABLE `inference_bodies` ADD `choices` text;--> statement-breakpoint
ALTER TABLE `shadow_answers` ADD `choices` text;