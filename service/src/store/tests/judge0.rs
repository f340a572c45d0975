//! Submissions of Judge0 clients.

use super::databases::on_each;

#[test]
fn a_submission_is_found_by_its_token() {
    on_each(async |database| {
        let store = database.open().await;
        for token in ["a", "b", "c"] {
            store.put_judge0(token, &format!("{{\"source_code\":\"{token}\"}}")).await.unwrap();
        }
        assert!(store.put_judge0("a", "{}").await.is_err());
        store.finish_judge0("b", "{\"status\":3}").await.unwrap();
        store.finish_judge0("b", "{\"status\":4}").await.unwrap();
        store.close().await;
        let store = database.open().await;
        let b = store.judge0("b").await.unwrap().unwrap();
        assert_eq!((b.request.as_str(), b.result.as_deref()), ("{\"source_code\":\"b\"}", Some("{\"status\":3}")));
        assert_eq!(store.judge0("d").await.unwrap(), None);
        let many = store.judge0_many(&["c".to_owned(), "d".to_owned(), "b".to_owned(), "c".to_owned()]).await.unwrap();
        let tokens: Vec<_> = many.iter().map(|found| found.as_ref().map(|found| found.token.as_str())).collect();
        assert_eq!(tokens, [Some("c"), None, Some("b"), Some("c")]);
        let unfinished = store.unfinished_judge0(10).await.unwrap();
        assert_eq!(unfinished.iter().map(|found| found.token.as_str()).collect::<Vec<_>>(), ["a", "c"]);
        let (page, all) = store.judge0_page(2, 2).await.unwrap();
        assert_eq!((page.iter().map(|found| found.token.as_str()).collect::<Vec<_>>(), all), (vec!["a"], 3));
    });
}
