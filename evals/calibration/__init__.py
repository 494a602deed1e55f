"""Fitting order, confidence and thresholds: `noa eval calibrate`."""
