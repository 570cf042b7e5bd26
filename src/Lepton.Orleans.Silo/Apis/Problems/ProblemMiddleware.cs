namespace Lepton.Orleans.Silo.Apis.Problems;

/// <summary>Turns whatever goes wrong below it, exceptions and bare status codes alike, into problem documents.</summary>
internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    /// <summary>Runs the request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            return; // nobody is left to read an answer
        }
        catch (Exception exception)
        {
            var problem = ProblemMapping.Of(exception, EffectOf(context.Request));
            if (ProblemMapping.IsUnexpected(problem))
            {
                LogUnexpected(logger, context.Request.Method, context.Request.Path, exception);
            }
            else
            {
                LogRefused(logger, context.Request.Method, context.Request.Path, problem.Status, exception);
            }

            await problem.WriteAsync(context);
            return;
        }

        var response = context.Response;
        if (response.StatusCode >= 400 && !response.HasStarted && response.ContentType is null && response.ContentLength is null or 0)
        {
            await ProblemMapping.Of(context).WriteAsync(context);
        }
    }

    private static RequestEffect EffectOf(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || request.Path.StartsWithSegments(SessionApi.Path) ? RequestEffect.Asks
        : HttpMethods.IsPost(request.Method) && request.Path.StartsWithSegments(FeedbackApi.Path) ? RequestEffect.Adds
        : RequestEffect.Sets;

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private static partial void LogUnexpected(ILogger logger, string method, PathString path, Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Method} {Path} was answered with {Status}")]
    private static partial void LogRefused(ILogger logger, string method, PathString path, int status, Exception exception);
}
