"""Ways of making pictures: a file is a family of models. What they share lies in pipelines/kit."""
