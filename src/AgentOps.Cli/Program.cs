using AgentOps.Cli;

Output.Plan();
return await Root.Create().Parse(args).InvokeAsync();
