"""Control of the sandbox: the methods of ``Sandbox``, their HTTP interface, and documents."""
