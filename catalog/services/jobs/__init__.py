"""Jobs, in the order of their lives: starting → job_queue → supervisor, which claims a lease (leases) and starts a
child_process → job_process → job_work → endings. The reaper sees to jobs whose workers died; decisions are people's.
"""
