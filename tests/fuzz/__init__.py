"""Made-up files, options and settings in great number, each outcome compared with an answer worked out another way."""
