namespace Lepton.Orleans.Silo.Apis.Requests;

/// <summary>Answers HEAD as GET is answered; the server leaves the body out. Stands before routing.</summary>
internal sealed class HeadMiddleware(RequestDelegate next)
{
    private static readonly object Asked = new();

    /// <summary>Whether a request that looks like GET is one for the head alone, which must change nothing.</summary>
    public static bool IsHead(HttpContext context) => context.Items.ContainsKey(Asked);

    /// <summary>Runs the request.</summary>
    public Task InvokeAsync(HttpContext context) => HttpMethods.IsHead(context.Request.Method) ? AsGetAsync(context) : next(context);

    private async Task AsGetAsync(HttpContext context)
    {
        var request = context.Request;
        request.Method = HttpMethods.Get;
        context.Items[Asked] = true;
        try
        {
            await next(context);
        }
        finally
        {
            // Logs, metrics and problems tell of what was asked.
            request.Method = HttpMethods.Head;
        }
    }
}
