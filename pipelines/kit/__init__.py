"""Tools that pipelines share; no pipeline lives here."""
