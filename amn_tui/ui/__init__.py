"""The screen: the only place that knows Textual and Rich."""
