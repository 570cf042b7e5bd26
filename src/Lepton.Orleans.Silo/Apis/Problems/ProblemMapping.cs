using System.Globalization;
using Lepton.Orleans.Client.Calls;
using Lepton.Orleans.Silo.Security;
using Lepton.Orleans.Streaming.Kafka;

namespace Lepton.Orleans.Silo.Apis.Problems;

/// <summary>The one place where exceptions and bare status codes become problem documents.</summary>
internal static class ProblemMapping
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    /// <summary>The problem that an exception stands for.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="effect">What the request does when it is repeated.</param>
    public static Problem Of(Exception exception, RequestEffect effect) => exception switch
    {
        InvalidRequestException e => Invalid(e.Field, e.Rule),
        InvalidFeedbackException e => Invalid(InvalidRequestException.Path(e.Index, e.Field), e.Rule),
        EventIdReusedException e => new Problem(StatusCodes.Status422UnprocessableEntity, e.Message)
        {
            Error = (InvalidRequestException.Path(e.Index, nameof(Feedback.EventId)), "must not be used again for another feedback"),
        },
        InvalidItemException e => Invalid(e.Field, e.Rule),
        InvalidIdException e => Invalid(e.Field, e.Rule),
        InvalidCursorException => Invalid("cursor", "must be empty or the Cursor of the page before"),
        AccessDeniedException e => new Problem(e.Status, e.Message),
        UnknownUserException e =>
            new Problem(e.MergedInto is null ? StatusCodes.Status404NotFound : StatusCodes.Status409Conflict, e.Message),
        InvalidBackupException e => Invalid(InvalidRequestException.Path(e.Index, ""), e.Rule),
        RestoreConflictException e => new Problem(StatusCodes.Status409Conflict, e.Message),
        NotFoundException e => new Problem(StatusCodes.Status404NotFound, e.Message),
        UnsupportedContentException e => new Problem(StatusCodes.Status415UnsupportedMediaType, e.Message),
        InterruptedBatchException e => Interrupted(e, effect),
        StoreUnavailableException e when effect == RequestEffect.Asks => Unavailable("The store does not answer; try again.", e.RetryAfter),
        StoreUnavailableException e => Unavailable("The store did not confirm the request; it may be repeated. " + Repeating(effect), e.RetryAfter),
        RoleNotServedException e => Unavailable(e.Message, e.RetryAfter),
        KafkaSendException e => Unavailable($"Kafka did not confirm all of the request; it may be repeated. {e.Message} {Repeating(effect)}", Soon),
        WritesPausedException e => Unavailable("Writes are paused while everything is moved to another service; lists are answered all the while. The request was not applied and may be repeated.", e.RetryAfter),
        StaleActivationException => Unavailable("The record is moving to another silo; the request was not applied and may be repeated.", Soon),
        TimeoutException or OrleansException or OperationCanceledException when effect == RequestEffect.Asks => Unavailable("The request was not answered in time; try again.", Soon),
        TimeoutException => Unavailable("The request was not answered in time; it may be repeated. " + Repeating(effect), Soon),
        OrleansException or OperationCanceledException => Unavailable("The silo that owns the record cannot be reached now; the request may be repeated. " + Repeating(effect), Soon),
        BadHttpRequestException e => new Problem(e.StatusCode, e.StatusCode == StatusCodes.Status413PayloadTooLarge
            ? $"{e.Message} Send it in parts, or set Lepton:Api:MaxBodyBytes."
            : e.Message),
        _ => new Problem(StatusCodes.Status500InternalServerError, "An unexpected error occurred; the log of the service names it."),
    };

    /// <summary>The problem that a response without a body stands for.</summary>
    public static Problem Of(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound =>
            new Problem(StatusCodes.Status404NotFound, "There is no such route; /docs lists those that exist."),
        StatusCodes.Status405MethodNotAllowed => new Problem(
            StatusCodes.Status405MethodNotAllowed,
            $"{context.Request.Method} is not allowed here; allowed: {context.Response.Headers.Allow}."),
        var status => new Problem(status, $"The request failed with status {status.ToString(CultureInfo.InvariantCulture)}."),
    };

    /// <summary>Whether a problem is the service's own fault and belongs in its log.</summary>
    public static bool IsUnexpected(Problem problem) => problem.Status == StatusCodes.Status500InternalServerError;

    private static Problem Invalid(string field, string rule) =>
        new(StatusCodes.Status400BadRequest, $"{(field == "$" ? "The body" : field)} {rule}.") { Error = (field, rule) };

    private static Problem Unavailable(string detail, TimeSpan retryAfter) =>
        new(StatusCodes.Status503ServiceUnavailable, detail) { RetryAfter = retryAfter };

    private static string Cause(Exception? interruption) => interruption switch
    {
        RoleNotServedException role => role.Message,
        WritesPausedException => "Writes were paused:",
        StaleActivationException => "A record is moving to another silo:",
        TimeoutException => "A silo did not answer in time:",
        OrleansException or OperationCanceledException => "A silo cannot be reached now:",
        _ => "The store stopped confirming:",
    };

    private static string Repeating(RequestEffect effect) => effect == RequestEffect.Adds
        ? "What was kept and has a Timestamp or an EventId (or came with an Idempotency-Key) changes nothing when it is repeated; other feedback counts as a new event."
        : "What was kept is what it asked for, and stays so when it is repeated.";

    private static Problem Interrupted(InterruptedBatchException e, RequestEffect effect) => new(
        StatusCodes.Status503ServiceUnavailable,
        $"{Cause(e.InnerException)} {e.RowsKept} of {e.Rows} rows ({e.GroupsKept} of {e.Groups} {e.Noun}) are kept, the others are not confirmed. "
        + $"The whole batch may be repeated. {Repeating(effect)}")
    {
        RetryAfter = e.InnerException switch
        {
            StoreUnavailableException store => store.RetryAfter,
            RoleNotServedException role => role.RetryAfter,
            _ => Soon,
        },
        Counts = [("rows", e.Rows), ("rowsKept", e.RowsKept), (e.Noun, e.Groups), ($"{e.Noun}Kept", e.GroupsKept)],
    };
}
