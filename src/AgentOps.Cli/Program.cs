using AgentOps.Cli;

Output.Plan();
return await Root.RunAsync(args);
