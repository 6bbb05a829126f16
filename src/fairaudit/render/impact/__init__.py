"""Adverse impact as files for others: tables for spreadsheets, and the page that Local Law 144 asks for."""
