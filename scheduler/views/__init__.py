"""The pages of the front desk, one module per page. Each change goes to an action."""
