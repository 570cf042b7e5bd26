using Lepton.Orleans.Client;
using Lepton.Orleans.Storefront;

var builder = WebApplication.CreateBuilder(args);
builder.AddLeptonClient();

var app = builder.Build();
app.MapGet("/", () => Results.Redirect("/visitors/alice"));
app.MapGet("/visitors/{visitor}", Shelf.ShowAsync);
app.MapPost("/visitors/{visitor}/likes/{item}", Shelf.LikeAsync);
app.Run();
