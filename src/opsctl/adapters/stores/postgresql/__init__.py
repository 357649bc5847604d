"""The store on a PostgreSQL server, for a site that several machines share. Loads psycopg, which takes its time."""
