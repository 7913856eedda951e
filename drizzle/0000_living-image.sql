CREATE TABLE `answers` (
	`key` text PRIMARY KEY NOT NULL,
	`body_sha256` text NOT NULL,
	`status` integer NOT NULL,
	`location` text,
	`body` text NOT NULL,
	`at` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `attempts` (
	`task_id` text NOT NULL,
	`no` integer NOT NULL,
	`attempt` integer NOT NULL,
	`body` text NOT NULL,
	PRIMARY KEY(`task_id`, `no`, `attempt`),
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `config_versions` (
	`file` text NOT NULL,
	`version` integer NOT NULL,
	`sha256` text NOT NULL,
	`author` text NOT NULL,
	`text` text NOT NULL,
	`at` text NOT NULL,
	PRIMARY KEY(`file`, `version`)
);
--> statement-breakpoint
CREATE TABLE `image` (
	`key` text PRIMARY KEY NOT NULL,
	`value` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `intents` (
	`task_id` text NOT NULL,
	`no` integer NOT NULL,
	`attempt` integer NOT NULL,
	`persona` text NOT NULL,
	`seed` integer NOT NULL,
	`prompt_sha256` text NOT NULL,
	`prompt` text NOT NULL,
	PRIMARY KEY(`task_id`, `no`),
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `journal` (
	`seq` integer PRIMARY KEY NOT NULL,
	`at` text NOT NULL,
	`event` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `tasks` (
	`id` text PRIMARY KEY NOT NULL,
	`status` text NOT NULL,
	`prompt` text NOT NULL,
	`body` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `tasks_by_status` ON `tasks` (`status`,`id`);--> statement-breakpoint
CREATE TABLE `turns` (
	`task_id` text NOT NULL,
	`no` integer NOT NULL,
	`text` text NOT NULL,
	`body` text NOT NULL,
	PRIMARY KEY(`task_id`, `no`),
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE TABLE `verdicts` (
	`task_id` text NOT NULL,
	`after_turn` integer NOT NULL,
	`body` text NOT NULL,
	PRIMARY KEY(`task_id`, `after_turn`),
	FOREIGN KEY (`task_id`) REFERENCES `tasks`(`id`) ON UPDATE no action ON DELETE no action
);
