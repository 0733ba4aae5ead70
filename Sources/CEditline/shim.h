#pragma once
#include <histedit.h>
#include <stdio.h>
#include <wchar.h>

// libedit's setters are variadic, which Swift does not import: one function here for each use made of them.

typedef unsigned char (*editline_function)(EditLine *, wint_t);

static inline int editline_set_client_data(EditLine *line, void *data) {
  return el_wset(line, EL_CLIENTDATA, data);
}
static inline void *editline_client_data(EditLine *line) {
  void *data = NULL;
  el_wget(line, EL_CLIENTDATA, &data);
  return data;
}
static inline int editline_set_prompt(EditLine *line, wchar_t *(*prompt)(EditLine *)) {
  return el_wset(line, EL_PROMPT, prompt);
}
static inline int editline_set_reader(EditLine *line, el_rfunc_t reader) {
  return el_wset(line, EL_GETCFN, reader);
}
static inline int editline_set_signals(EditLine *line, int handled) {
  return el_wset(line, EL_SIGNAL, handled);
}
// The editor to start with: "emacs" or "vi".
static inline int editline_set_editor(EditLine *line, const wchar_t *name) {
  return el_wset(line, EL_EDITOR, name);
}
static inline int editline_add_function(
    EditLine *line, const wchar_t *name, const wchar_t *help, editline_function function) {
  return el_wset(line, EL_ADDFN, name, help, function);
}
static inline int editline_bind(EditLine *line, const wchar_t *key, const wchar_t *function) {
  return el_wset(line, EL_BIND, key, function, NULL);
}
// Binds in the second key map: vi's command mode.
static inline int editline_bind_alternative(EditLine *line, const wchar_t *key, const wchar_t *function) {
  return el_wset(line, EL_BIND, L"-a", key, function, NULL);
}
// One change ("-isig") to the terminal mode that is set while a line is edited.
static inline int editline_change_edit_mode(EditLine *line, const wchar_t *change) {
  return el_wset(line, EL_SETTY, L"-d", change, NULL);
}
static inline int editline_set_edit_mode(EditLine *line, int editing) {
  return el_wset(line, EL_PREP_TERM, editing);
}
static inline int editline_refresh(EditLine *line) {
  return el_wset(line, EL_REFRESH);
}
static inline int editline_use_history(EditLine *line, HistoryW *history) {
  return el_wset(line, EL_HIST, history_w, history);
}

static inline int editline_history_set_size(HistoryW *history, int size) {
  HistEventW event;
  return history_w(history, &event, H_SETSIZE, size);
}
static inline int editline_history_enter(HistoryW *history, const wchar_t *text) {
  HistEventW event;
  return history_w(history, &event, H_ENTER, text);
}
static inline int editline_history_clear(HistoryW *history) {
  HistEventW event;
  return history_w(history, &event, H_CLEAR);
}
// Reading and writing a file the library's own way: the measure that our own reader and writer are tested by.
static inline int editline_history_load(HistoryW *history, const char *path) {
  HistEventW event;
  return history_w(history, &event, H_LOAD, path);
}
static inline int editline_history_save(HistoryW *history, const char *path) {
  HistEventW event;
  return history_w(history, &event, H_SAVE, path);
}
// Entry `age` steps back from the newest, or NULL.
static inline const wchar_t *editline_history_entry(HistoryW *history, int age) {
  HistEventW event;
  int found = history_w(history, &event, H_FIRST);
  for (; found >= 0 && age > 0; age--) found = history_w(history, &event, H_NEXT);
  return found >= 0 ? event.str : NULL;
}

// The number of columns a character takes; hidden by default in the C library's header.
extern int wcwidth(wchar_t character);
