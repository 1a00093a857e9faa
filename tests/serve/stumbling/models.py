"""No models: the migrations speak for themselves."""
