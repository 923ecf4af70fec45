"""Generators of what several files in infra/ repeat: settings of the programs, alarms, and dashboards."""
