"""Reports as single HTML pages, which load nothing and read well without JavaScript."""

from evals.report.comparison_report import write_comparison_report
from evals.report.run_report import write_report

__all__ = ["write_comparison_report", "write_report"]
