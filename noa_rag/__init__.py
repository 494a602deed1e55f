"""Noa: the assistant with which French administrations answer entrepreneurs."""
