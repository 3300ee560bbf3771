"""Darkroom's four Lambda functions, run as Lambda runs them, beside a `darkroom up` that is their AWS."""
