"""Values into what people and machines read: one pure function for each format."""
