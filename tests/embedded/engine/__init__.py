"""Tests of the model of the Docker Engine."""
