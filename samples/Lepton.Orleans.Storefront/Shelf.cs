using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using Lepton.Orleans.Client;

namespace Lepton.Orleans.Storefront;

/// <summary>A visitor's page: what Lepton recommends, why, and a button for each place.</summary>
internal static class Shelf
{
    /// <summary>Shows the list as it is ranked now.</summary>
    public static async Task<IResult> ShowAsync(string visitor, LeptonClient lepton, CancellationToken cancellationToken)
    {
        var list = await lepton.Lists.ExplainAsync(visitor, new RecommendRequest { Count = 12 }, cancellationToken);
        return Results.Content(Page(visitor, list), "text/html; charset=utf-8");
    }

    /// <summary>Records a like; when that is acknowledged, the next list is ranked with it.</summary>
    public static async Task<IResult> LikeAsync(string visitor, string item, LeptonClient lepton, CancellationToken cancellationToken)
    {
        await lepton.Feedback.RecordAsync([new Feedback { FeedbackType = "like", UserId = visitor, ItemId = item }], cancellationToken: cancellationToken);
        return Results.LocalRedirect($"/visitors/{Uri.EscapeDataString(visitor)}");
    }

    private static string Page(string visitor, RecommendationList list)
    {
        var page = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"<!doctype html><title>For {Text(visitor)}</title><h1>For {Text(visitor)}</h1><ol>");
        foreach (var place in list.Items)
        {
            page.Append(CultureInfo.InvariantCulture, $"""
                <li><form method="post" action="/visitors/{Uri.EscapeDataString(visitor)}/likes/{Uri.EscapeDataString(place.ItemId)}">
                {Text(place.Title.Length > 0 ? place.Title : place.ItemId)} <button>Like</button> <small>{Text(place.Reasons is [var reason, ..] ? reason.Text : "")}</small>
                </form></li>
                """);
        }

        return page.Append("</ol>").ToString();
    }

    private static string Text(string text) => HtmlEncoder.Default.Encode(text);
}
