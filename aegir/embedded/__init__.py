"""Aegir on one machine from one data folder: ``aegir up`` starts and watches all that it needs.

``place`` says where things lie, ``home`` prepares the folder, ``rows`` the database, ``programs`` lists
what runs, ``supervisor`` keeps it running, ``control`` is how other commands speak to the supervisor.
"""
