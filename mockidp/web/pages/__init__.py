"""Pages for people, and what they show. Everything shown is escaped by the templates."""
