// What a request costs before anything is done for it: a fixed JSON body of 1 KB, no routing, no logging.
var body = System.Text.Encoding.ASCII.GetBytes("[\"" + new string('x', 1020) + "\"]");

var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { Args = args });
builder.Configuration.AddCommandLine(args);
builder.WebHost.UseKestrelCore().UseUrls(builder.Configuration["urls"] ?? "http://127.0.0.1:8089");
var app = builder.Build();
app.Run(context =>
{
    context.Response.ContentType = "application/json";
    context.Response.ContentLength = body.Length;
    return context.Response.Body.WriteAsync(body).AsTask();
});
await app.RunAsync();
