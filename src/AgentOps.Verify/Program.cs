using AgentOps.Verify;

return Verifier.Run(args, Console.Out, Console.Error);
