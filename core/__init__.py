"""What is true: rules, records and the studio itself. Standard library, TinyDB and pydantic only."""
