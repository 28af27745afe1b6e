// The service that the tests of the app model run: it shows its environment, and it fails when it is told to.
if (args is ["end", var code])
{
    Console.WriteLine("the work is done, or not");
    return int.Parse(code);
}

if (Environment.GetEnvironmentVariable("WAIT_UNTIL_EXISTS") is { } file)
{
    await File.WriteAllTextAsync(file + ".waiting", Environment.GetEnvironmentVariable("ASPNETCORE_URLS"));
    while (!File.Exists(file))
    {
        await Task.Delay(20);
    }
}

var app = WebApplication.CreateBuilder(args).Build();
app.MapGet("/health", () => "healthy");
app.MapGet("/environment", () => Environment.GetEnvironmentVariables());
app.MapPost("/crash", () =>
{
    Console.WriteLine("last words of the sample");
    Environment.Exit(3);
});
app.Run();
return 0;
