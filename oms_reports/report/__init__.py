from . import oms_statement_report
