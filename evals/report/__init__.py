"""Reports as single HTML pages, which load nothing and read well without JavaScript."""

from evals.report.reports import write_comparison_report, write_report

__all__ = ["write_comparison_report", "write_report"]
